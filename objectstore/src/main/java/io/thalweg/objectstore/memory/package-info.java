/**
 * The object store in memory, for simulations and tests: as strict as the interface allows and as
 * nasty as it permits.
 *
 * <p><b>One loop.</b> All state belongs to the given {@link io.thalweg.runtime.EventLoop}. On a
 * simulated loop the store runs in virtual time, and the same seed gives the same run. A call
 * copies its content on the caller's thread, travels to the loop, takes effect there in one task
 * between call and answer, and completes on the loop; so the store is linearizable. No part of a
 * call depends on its caller's loop, so a call takes effect even after its caller died.
 *
 * <p><b>Durability.</b> Objects live as long as the store.
 *
 * <p><b>Faults.</b> A {@link io.thalweg.objectstore.memory.FaultPlan} says which calls fail, and
 * how often; the store counts every {@link io.thalweg.objectstore.memory.Fault} that happens.
 *
 * <p><b>Assertions.</b> A put of other bytes under a key that has an object is {@code INVALID}; a
 * late put, whose caller gets no answer any more, throws on the loop. If a caller changes its
 * buffers before the future completes, the loop throws. As in the file system, a key cannot be an
 * object and the directory of another at once.
 */
package io.thalweg.objectstore.memory;
