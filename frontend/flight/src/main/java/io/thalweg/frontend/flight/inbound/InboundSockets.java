package io.thalweg.frontend.flight.inbound;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;

/**
 * The threads that serve clients' sockets, and these sockets. It can stop all reading for a moment,
 * so that messages never take more memory than there is. Any thread.
 */
public final class InboundSockets extends NioEventLoopGroup implements InboundMemory.Sockets {
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile boolean paused;

  /** Sockets that so many threads serve. */
  public InboundSockets(int threads) {
    super(threads, new DefaultThreadFactory("flight-socket", true));
  }

  @Override
  public ChannelFuture register(Channel channel) {
    open.add(channel);
    channel.config().setAutoRead(!paused);
    return super.register(channel);
  }

  @Override
  public void pause(boolean pause) {
    paused = pause;
    for (Channel channel : open) {
      if (channel.config().isAutoRead() == pause) {
        channel.config().setAutoRead(!pause);
      }
    }
  }
}
