package io.thalweg.objectstore.fs;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreContractTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileObjectStoreContractTest extends ObjectStoreContractTest {
  @TempDir Path root;

  @Override
  protected ObjectStore open() {
    return new FileObjectStore(root, 4, 10_000);
  }
}
