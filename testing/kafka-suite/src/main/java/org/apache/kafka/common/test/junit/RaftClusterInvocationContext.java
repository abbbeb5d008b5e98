package org.apache.kafka.common.test.junit;

import io.thalweg.kafkasuite.ThalwegCluster;
import io.thalweg.kafkasuite.Unavailable;
import java.util.List;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/**
 * Gives each of Kafka's tests a cluster of ours. It has the name and the constructor of the class
 * with which Kafka's tests make theirs, and stands before it on the class path.
 */
public class RaftClusterInvocationContext implements TestTemplateInvocationContext {
  private final String name;
  private final ClusterConfig config;
  private final boolean combined;

  public RaftClusterInvocationContext(String name, ClusterConfig config, boolean combined) {
    this.name = name;
    this.config = config;
    this.combined = combined;
  }

  @Override
  public String getDisplayName(int invocation) {
    return name + " [" + invocation + "] " + String.join(", ", config.displayTags());
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    ThalwegCluster cluster = new ThalwegCluster(config, combined);
    BeforeEachCallback start =
        context -> {
          cluster.isFor(context.getRequiredTestClass(), context.getRequiredTestMethod().getName());
          if (config.isAutoStart()) {
            cluster.start();
          }
        };
    AfterTestExecutionCallback stop = context -> cluster.stop();
    TestExecutionExceptionHandler unavailable =
        (context, failure) -> {
          throw Unavailable.reason(failure);
        };
    return List.of(start, stop, unavailable, new ClusterInstanceParameterResolver(cluster));
  }
}
