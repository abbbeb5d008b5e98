package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTreeTest {
  @TempDir Path temporary;
  private DirectoryTree tree;
  private Path deep;

  @BeforeEach
  void openTree() throws Exception {
    tree = DirectoryTree.open(temporary);
    deep = tree.root().resolve("a/b/c");
  }

  @Test
  void aDirectoryThatAPutUsesIsNotRemoved() throws Exception {
    tree.enter(deep);
    tree.enter(deep);
    tree.ensure(deep);

    assertThat(tree.removeEmpty(deep)).isEqualTo(deep);
    tree.leave(deep);
    assertThat(tree.removeEmpty(deep)).isEqualTo(deep);
    tree.leave(deep);
    assertThat(tree.removeEmpty(deep)).isEqualTo(tree.root());
    assertThat(tree.root().resolve("a")).doesNotExist();
  }

  @Test
  void removalStopsAtTheFirstDirectoryThatIsNotEmpty() throws Exception {
    tree.ensure(deep);
    Files.writeString(tree.root().resolve("a/file"), "x");

    assertThat(tree.removeEmpty(deep)).isEqualTo(tree.root().resolve("a"));
    assertThat(deep.getParent()).doesNotExist();
  }

  @Test
  void aRemovedDirectoryIsMadeAgain() throws Exception {
    tree.ensure(deep);
    assertThat(tree.removeEmpty(deep)).isEqualTo(tree.root());
    tree.ensure(deep);
    assertThat(deep).isDirectory();

    Files.delete(deep);
    tree.forget(deep);
    tree.ensure(deep);
    assertThat(deep).isDirectory();
  }

  @Test
  void aFileInTheWayIsReportedAsSuch() throws Exception {
    Path file = Files.writeString(tree.root().resolve("a"), "x");

    assertThatThrownBy(() -> tree.ensure(deep))
        .isInstanceOf(NotDirectoryException.class)
        .hasMessage(file.toString());
    assertThat(tree.removeEmpty(file)).isEqualTo(tree.root());
    assertThat(file).exists();
  }
}
