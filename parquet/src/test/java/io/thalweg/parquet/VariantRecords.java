package io.thalweg.parquet;

import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.variant.ImmutableMetadata;
import org.apache.parquet.variant.VariantBuilder;
import org.apache.parquet.variant.VariantConverters;
import org.apache.parquet.variant.VariantValueWriter;

/** parquet-java's reader and writer of rows with a number and a variant; the number is dropped. */
final class VariantRecords {
  private VariantRecords() {}

  /** Makes variants of records. */
  static final class Reading extends RecordMaterializer<Variant> {
    private final Row row;

    Reading(MessageType type) {
      row = new Row(type.getType(1).asGroupType());
    }

    @Override
    public Variant getCurrentRecord() {
      return row.variant;
    }

    @Override
    public GroupConverter getRootConverter() {
      return row;
    }
  }

  private static final class Row extends GroupConverter
      implements VariantConverters.ParentConverter<VariantBuilder> {
    private final GroupConverter converter;
    private byte[] metadata;
    private VariantBuilder builder;
    private Variant variant;

    Row(GroupType type) {
      GroupConverter parts =
          VariantConverters.newVariantConverter(type, bytes -> metadata = copy(bytes), this);
      converter =
          new GroupConverter() {
            @Override
            public Converter getConverter(int index) {
              return parts.getConverter(index);
            }

            @Override
            public void start() {
              builder = null;
              parts.start();
            }

            @Override
            public void end() {
              parts.end();
              builder.appendNullIfEmpty();
              try {
                variant = Variant.of(metadata, copy(builder.encodedValue()));
              } catch (VariantException bad) {
                throw new IllegalStateException(bad);
              }
            }
          };
    }

    @Override
    public void build(Consumer<VariantBuilder> consumer) {
      if (builder == null) {
        builder = new VariantBuilder(new ImmutableMetadata(ByteBuffer.wrap(metadata)));
      }
      consumer.accept(builder);
    }

    @Override
    public Converter getConverter(int index) {
      return index == 1
          ? converter
          : new PrimitiveConverter() {
            @Override
            public void addLong(long value) {}
          };
    }

    @Override
    public void start() {
      variant = null;
    }

    @Override
    public void end() {}
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  /** Builds writers of variants. */
  static final class Builder extends ParquetWriter.Builder<Variant, Builder> {
    private final MessageType type;

    Builder(OutputFile file, MessageType type) {
      super(file);
      this.type = type;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings("deprecation") // parquet-java declares no other
    protected WriteSupport<Variant> getWriteSupport(Configuration configuration) {
      return new Writing(type);
    }
  }

  private static final class Writing extends WriteSupport<Variant> {
    private final MessageType type;
    private RecordConsumer consumer;

    Writing(MessageType type) {
      this.type = type;
    }

    @Override
    @SuppressWarnings("deprecation") // parquet-java declares no other
    public WriteContext init(Configuration configuration) {
      return new WriteContext(type, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(Variant variant) {
      consumer.startMessage();
      if (variant != null) {
        consumer.startField("v", 1);
        VariantValueWriter.write(
            consumer, type.getType(1).asGroupType(), ShreddedVariantTest.theirs(variant));
        consumer.endField("v", 1);
      }
      consumer.endMessage();
    }
  }
}
