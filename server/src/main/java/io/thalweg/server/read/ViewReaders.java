package io.thalweg.server.read;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.RowReader;
import java.util.List;

/** Makes the reader of a view of a table. Stateless; any thread. */
public final class ViewReaders {
  private ViewReaders() {}

  /** See {@code ServerApi.reader}; refuses like {@link TableView#of(TableInfo)}. */
  public static RowReader of(TableInfo table, TableView view, List<String> columns, String filter) {
    return switch (view) {
      case TABLE -> new BatchRowReader(table, columns, filter);
      case CHANGELOG -> new ChangelogReader(table, columns, filter);
      case BINLOG -> new BinlogReader(table, columns, filter);
    };
  }
}
