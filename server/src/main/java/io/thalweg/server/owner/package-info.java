/** The server's place in the cluster: its incarnation, and later what it owns. */
package io.thalweg.server.owner;
