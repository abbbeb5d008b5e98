package io.thalweg.client;

import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Reads the rows of a primary-key table as they are, bucket by bucket in key order. One thread. A
 * lost connection ends it: scan again.
 */
public final class RowScanner implements AutoCloseable {
  private final TableInfo table;
  private final FlightStream stream;

  RowScanner(FlightClient flight, TableInfo table, ScanTicket ticket) {
    this.table = table;
    this.stream = flight.getStream(new Ticket(ticket.toJson()));
  }

  /** The table as it was when the scan began. */
  public TableInfo table() {
    return table;
  }

  /**
   * The next rows; empty at the end. They are overwritten by the next call.
   *
   * @throws io.thalweg.format.error.ThalwegException what the server said
   */
  public Optional<VectorSchemaRoot> next() {
    try {
      while (stream.next()) {
        if (stream.getRoot().getRowCount() > 0) {
          return Optional.of(stream.getRoot());
        }
      }
      return Optional.empty();
    } catch (RuntimeException failure) {
      throw ClientErrors.of(failure);
    }
  }

  /** The next rows, one by one; empty at the end. */
  public List<Row> poll() {
    Optional<VectorSchemaRoot> root = next();
    if (root.isEmpty()) {
      return List.of();
    }
    List<FieldVector> vectors = root.get().getFieldVectors();
    List<String> names = vectors.stream().map(FieldVector::getName).toList();
    List<DataType> types =
        names.stream()
            .map(name -> table.schema().columns().get(table.schema().indexOf(name).orElseThrow()))
            .map(Column::type)
            .toList();
    List<Row> rows = new ArrayList<>(root.get().getRowCount());
    for (int i = 0; i < root.get().getRowCount(); i++) {
      Object[] values = new Object[names.size()];
      for (int column = 0; column < values.length; column++) {
        values[column] = VectorReader.read(vectors.get(column), i, types.get(column));
      }
      rows.add(new Row(names, values));
    }
    return rows;
  }

  @Override
  public void close() {
    try {
      stream.close();
    } catch (Exception failure) {
      throw ClientErrors.of(failure);
    }
  }
}
