package io.thalweg.server.read;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.RowReader;
import java.util.List;
import java.util.function.UnaryOperator;

/** Makes the reader of a view of a table. Stateless; any thread. */
public final class ViewReaders {
  private ViewReaders() {}

  /**
   * See {@code ServerApi.reader}; refuses like {@link TableView#of(TableInfo)}.
   *
   * @param latest gives a table as it is now, on any thread
   */
  public static RowReader of(
      TableInfo table,
      TableView view,
      List<String> columns,
      String filter,
      UnaryOperator<TableInfo> latest) {
    return switch (view) {
      case TABLE -> new BatchRowReader(table, columns, filter, latest);
      case CHANGELOG -> new ChangelogReader(table, columns, filter, latest);
      case BINLOG -> new BinlogReader(table, columns, filter, latest);
    };
  }
}
