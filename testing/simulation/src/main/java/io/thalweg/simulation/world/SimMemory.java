package io.thalweg.simulation.world;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * The memory of all processes of one run. It overwrites released memory and keeps it for a while,
 * so that a late read finds rubbish, the same in every run, instead of crashing the JVM. It frees
 * the memory of crashed processes at the end.
 */
public final class SimMemory implements AllocationManager.Factory, AutoCloseable {
  private static final byte RUBBISH = (byte) 0xdd;
  private static final long KEPT_BYTES = 8 << 20;

  private final Set<Chunk> held = new LinkedHashSet<>();
  private final ArrayDeque<Chunk> givenBack = new ArrayDeque<>();
  private long givenBackBytes;

  /** A process's allocator of at most {@code limit} bytes. */
  public BufferAllocator newAllocator(long limit) {
    return new RootAllocator(
        RootAllocator.configBuilder().allocationManagerFactory(this).maxAllocation(limit).build());
  }

  @Override
  public AllocationManager create(BufferAllocator allocator, long size) {
    Chunk chunk = new Chunk(allocator, size);
    held.add(chunk);
    return chunk;
  }

  @Override
  public ArrowBuf empty() {
    return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
  }

  private void giveBack(Chunk chunk) {
    held.remove(chunk);
    MemoryUtil.setMemory(chunk.address, chunk.size, RUBBISH);
    givenBack.addLast(chunk);
    givenBackBytes += chunk.size;
    while (givenBackBytes > KEPT_BYTES) {
      Chunk oldest = givenBack.removeFirst();
      givenBackBytes -= oldest.size;
      MemoryUtil.freeMemory(oldest.address);
    }
  }

  @Override
  public void close() {
    held.forEach(chunk -> MemoryUtil.freeMemory(chunk.address));
    givenBack.forEach(chunk -> MemoryUtil.freeMemory(chunk.address));
    held.clear();
    givenBack.clear();
  }

  private final class Chunk extends AllocationManager {
    private final long address;
    private final long size;

    Chunk(BufferAllocator allocator, long size) {
      super(allocator);
      this.size = size;
      this.address = MemoryUtil.allocateMemory(size);
      // Always the same bytes: a read of unwritten memory must not differ between runs.
      MemoryUtil.setMemory(address, size, RUBBISH);
    }

    @Override
    public long getSize() {
      return size;
    }

    @Override
    protected long memoryAddress() {
      return address;
    }

    @Override
    protected void release0() {
      giveBack(this);
    }
  }
}
