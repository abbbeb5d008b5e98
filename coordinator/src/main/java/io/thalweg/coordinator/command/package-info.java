/**
 * What changes the cluster's state and what it answers: {@link
 * io.thalweg.coordinator.command.Command} and {@link io.thalweg.coordinator.command.Reply}, the
 * values that they carry, and their durable forms. Coordinators put commands into the replicated
 * log, servers propose them and read them from the feed. Plain values; nothing here decides
 * anything.
 *
 * <p><b>Durable form of a command</b>: {@code int8 kind, int8 version, fields}; integers as in
 * {@link io.thalweg.format.io}. {@link io.thalweg.coordinator.command.CommandKind} lists the kinds
 * with their numbers, which are never reused, and the version of each kind's form. Fields are only
 * ever added at the end, with a higher version of that kind; from version 5 on, every release reads
 * the versions of all releases before it. A commit is written in version 5 unless one of its
 * batches belongs to a transaction; version 6 says that of each. Kinds up to 127 and versions up to
 * 31 are, or may become, some release's; other bytes are no command.
 *
 * <p><b>Form of a reply</b>: {@code int8 kind, int8 version, fields}; {@link
 * io.thalweg.coordinator.command.ReplyKind} lists them.
 *
 * <p><b>Feature level.</b> While processes of two releases run side by side, nobody sends a command
 * that the older one does not know: {@link io.thalweg.coordinator.command.FeatureLevel}.
 */
package io.thalweg.coordinator.command;
