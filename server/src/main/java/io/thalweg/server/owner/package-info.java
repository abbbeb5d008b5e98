/**
 * The server's place in the cluster: its incarnation, what is to happen while one is open, and
 * later what it owns.
 */
package io.thalweg.server.owner;
