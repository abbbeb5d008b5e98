/**
 * The {@code thalweg} command: {@link io.thalweg.node.cli.Main} and one class for each subcommand.
 * What the commands share stands in {@code cli.terminal} and {@code cli.text}.
 *
 * <p>Standard output has what a command gives, standard error what it says about its work. Exit
 * codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 */
package io.thalweg.node.cli;
