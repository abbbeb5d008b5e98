package io.thalweg.server.read;

import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.server.api.RowReader;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Makes the reader of a view of a table. Stateless; any thread. */
public final class ViewReaders {
  private ViewReaders() {}

  /**
   * See {@code ServerApi.reader}; refuses like {@link TableView#of(TableInfo)}.
   *
   * @param columns names of columns, and expressions ({@link SelectedColumns}); null for all
   * @param latest gives a table as it is now, on any thread
   */
  public static RowReader of(
      TableInfo table,
      TableView view,
      List<String> columns,
      String filter,
      UnaryOperator<TableInfo> latest) {
    if (columns != null) {
      Schema readable = view == TableView.TABLE ? table.schema().ofLog() : view.of(table).schema();
      SelectedColumns selected = SelectedColumns.of(columns, readable.withPositions());
      if (!selected.arePlain()) {
        return new SelectingReader(
            view == TableView.TABLE
                ? new BatchRowReader(
                    table, selected.columns(), selected.variantPaths(), filter, latest)
                : of(table, view, selected.columns(), filter, latest),
            selected);
      }
    }
    return switch (view) {
      case TABLE -> new BatchRowReader(table, columns, Map.of(), filter, latest);
      case CHANGELOG -> new ChangelogReader(table, columns, filter, latest);
      case BINLOG -> new BinlogReader(table, columns, filter, latest);
      case REJECTED -> ChangelogReader.ofRejected(table, columns, filter, latest);
    };
  }
}
