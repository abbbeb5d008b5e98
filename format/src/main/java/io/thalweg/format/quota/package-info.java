/**
 * How much of a server clients may use, as values, in Kafka's model: a quota belongs to an {@link
 * io.thalweg.format.quota.QuotaEntity}, and {@link io.thalweg.format.quota.QuotaTable} finds the
 * one that acts on a client. Servers and coordinators share them; the cluster's state holds them.
 *
 * <p><b>Durable forms.</b> A {@link io.thalweg.format.quota.QuotaName}: {@code int8 kind}, and
 * {@code text name} where the kind has one. An entity: the name of users, then that of client ids.
 * A {@link io.thalweg.format.quota.QuotaChange}: the entity, then a list of {@code int8 key, bool
 * sets, int64 bits of the value} (the last only where it sets).
 */
package io.thalweg.format.quota;
