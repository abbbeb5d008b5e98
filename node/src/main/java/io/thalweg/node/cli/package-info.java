/**
 * The {@code thalweg} command. Standard output is what a command gives, standard error is what it
 * says. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 */
package io.thalweg.node.cli;
