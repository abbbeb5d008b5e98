/**
 * The {@code thalweg} command: {@link io.thalweg.node.cli.Main} and one class for each subcommand.
 * {@code cli.terminal} and {@code cli.text} have what the commands share.
 *
 * <p>Results go to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2
 * wrong usage, 130 interrupted.
 */
package io.thalweg.node.cli;
