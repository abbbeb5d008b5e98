package io.thalweg.kafkasuite;

import java.util.List;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves only the tests of these methods; all of them for an empty list. */
record MethodNames(List<String> names) implements PostDiscoveryFilter {
  @Override
  public FilterResult apply(TestDescriptor test) {
    return FilterResult.includedIf(
        names.isEmpty()
            || test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> names.contains(((MethodSource) source).getMethodName()))
                .orElse(false));
  }
}
