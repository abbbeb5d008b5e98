/**
 * Requests about who may come in and what they may do: users' secrets, rules of access, quotas, and
 * logins at the wrong moment.
 */
package io.thalweg.frontend.kafka.access;
