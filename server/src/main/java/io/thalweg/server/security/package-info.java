/**
 * Who may log in, what they may do and how much they may use, as this server has heard of it:
 * {@link io.thalweg.server.security.AccessView} follows the cluster's state on the server's loop
 * and publishes what changed, and any thread reads that. {@link
 * io.thalweg.server.security.AclAuthorizer} judges by the rules in Kafka's way.
 *
 * <p><b>Names.</b> A rule names topics. A table {@code d.t} is the topic {@code d.t}, and a table
 * {@code t} of the database {@code kafka} the topic {@code t}; so every table has one name in
 * rules, whichever door is asked, and no two have the same (the catalog sees to it). Databases have
 * no rules of their own: making one asks for CREATE of the cluster, dropping one for ALTER of the
 * cluster, and whoever has a rule about a topic in it sees it.
 */
package io.thalweg.server.security;
