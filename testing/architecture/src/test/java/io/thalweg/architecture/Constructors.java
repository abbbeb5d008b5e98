package io.thalweg.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import io.thalweg.architecture.Sources.JavaFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Counts the arguments of constructors in source files, which compiled ones add to. Stateless. */
final class Constructors {
  private Constructors() {}

  /**
   * The largest number of arguments that a constructor of each class takes, by the class's full
   * name. Records are left out: their constructors' arguments are the data that they hold.
   */
  static Map<String, Integer> mostArguments(List<JavaFile> files) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, Integer> most = new TreeMap<>();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      var paths = files.stream().map(file -> Sources.root().resolve(file.path())).toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  null,
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(paths));
      for (CompilationUnitTree unit : task.parse()) {
        String packageName = String.valueOf(unit.getPackageName());
        unit.accept(new Counter(packageName, most), null);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return most;
  }

  private static final class Counter extends TreeScanner<Void, Void> {
    private final Deque<ClassTree> inside = new ArrayDeque<>();
    private final String packageName;
    private final Map<String, Integer> most;

    Counter(String packageName, Map<String, Integer> most) {
      this.packageName = packageName;
      this.most = most;
    }

    @Override
    public Void visitClass(ClassTree tree, Void nothing) {
      inside.addLast(tree);
      super.visitClass(tree, null);
      inside.removeLast();
      return null;
    }

    @Override
    public Void visitMethod(MethodTree tree, Void nothing) {
      if (tree.getName().contentEquals("<init>")
          && inside.getLast().getKind() != Tree.Kind.RECORD) {
        StringBuilder name = new StringBuilder(packageName);
        inside.forEach(each -> name.append('.').append(each.getSimpleName()));
        most.merge(name.toString(), tree.getParameters().size(), Math::max);
      }
      return super.visitMethod(tree, null);
    }
  }
}
