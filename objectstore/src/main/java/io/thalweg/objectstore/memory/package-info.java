/**
 * The object store in memory, for simulations and tests: as strict as the interface allows and as
 * nasty as it permits.
 *
 * <p><b>One loop.</b> All state belongs to the {@link io.thalweg.runtime.EventLoop} handed in. On a
 * simulated loop the store runs in virtual time, and the same seed gives the same run. A call
 * copies its content on the caller's thread, travels to the loop, takes effect there in one task
 * between call and answer, and completes on the loop; so the store is linearizable. Nothing of a
 * call depends on its caller's loop, and a call whose caller died still lands.
 *
 * <p><b>Durability.</b> What is stored lasts as long as the store.
 *
 * <p><b>Faults.</b> A {@link io.thalweg.objectstore.memory.FaultPlan} says which calls go wrong how
 * often; every {@link io.thalweg.objectstore.memory.Fault} that happens is counted.
 *
 * <p><b>Assertions.</b> A put of other bytes under a key that has some is {@code INVALID}; a late
 * one, whose caller hears nothing, throws on the loop. A caller that changes its buffers before the
 * future completes makes the loop throw. As in the file system, a key cannot be an object and the
 * directory of another at once.
 */
package io.thalweg.objectstore.memory;
