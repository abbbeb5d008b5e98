/**
 * What can go wrong, as a closed enum that every front door maps to its protocol. An error's
 * message says what was wrong, with which value, and what to do.
 */
package io.thalweg.format.error;
