package io.thalweg.server.kv.store.memory;

import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvStoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Turns rows into files and back.
 *
 * <pre>
 * STATE         := offset int64, pieces int32, name of each piece (UTF)
 * &lt;digits&gt;.rows := rows int32, then each: key length int32, key, value length int32, value
 * </pre>
 *
 * A piece is named after its content. A new one begins at every key whose hash says so, so that a
 * change touches no piece but its own.
 */
final class CheckpointFiles {
  static final String STATE = "STATE";

  /** On average, every n-th key begins a piece. */
  private static final int ROWS_PER_PIECE = 16;

  /** The content of the files. */
  record Content(NavigableMap<byte[], byte[]> rows, long offset) {}

  private CheckpointFiles() {}

  static NavigableMap<String, byte[]> of(NavigableMap<byte[], byte[]> rows, long offset) {
    NavigableMap<String, byte[]> files = new TreeMap<>();
    TreeMap<byte[], byte[]> piece = new TreeMap<>(Arrays::compareUnsigned);
    try {
      ByteArrayOutputStream state = new ByteArrayOutputStream();
      DataOutputStream names = new DataOutputStream(state);
      names.writeLong(offset);
      int pieces = 0;
      ByteArrayOutputStream namesOfPieces = new ByteArrayOutputStream();
      for (Map.Entry<byte[], byte[]> row : rows.entrySet()) {
        if (!piece.isEmpty() && beginsPiece(row.getKey())) {
          endPiece(piece, files, new DataOutputStream(namesOfPieces));
          pieces++;
        }
        piece.put(row.getKey(), row.getValue());
      }
      if (!piece.isEmpty()) {
        endPiece(piece, files, new DataOutputStream(namesOfPieces));
        pieces++;
      }
      names.writeInt(pieces);
      names.write(namesOfPieces.toByteArray());
      files.put(STATE, state.toByteArray());
    } catch (IOException neverInMemory) {
      throw new UncheckedIOException(neverInMemory);
    }
    return files;
  }

  /** Reads files whose checksums were verified. */
  static Content read(Map<String, byte[]> files) {
    TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
    try (DataInputStream state =
        new DataInputStream(new ByteArrayInputStream(present(files, STATE)))) {
      long offset = state.readLong();
      int pieces = state.readInt();
      for (int i = 0; i < pieces; i++) {
        String name = state.readUTF();
        DataInputStream piece = new DataInputStream(new ByteArrayInputStream(present(files, name)));
        int count = piece.readInt();
        for (int row = 0; row < count; row++) {
          byte[] key = piece.readNBytes(piece.readInt());
          rows.put(key, piece.readNBytes(piece.readInt()));
        }
      }
      return new Content(rows, offset);
    } catch (IOException damaged) {
      throw new KvStoreException(
          "the files " + files.keySet() + " are no checkpoint: they end too early", damaged);
    }
  }

  static KvFile describe(String name, byte[] content) {
    return new KvFile(name, content.length, sha256(content));
  }

  private static byte[] present(Map<String, byte[]> files, String name) {
    byte[] content = files.get(name);
    if (content == null) {
      throw new KvStoreException(
          "the files " + files.keySet() + " are no checkpoint: " + name + " is missing", null);
    }
    return content;
  }

  private static boolean beginsPiece(byte[] key) {
    // The multiplication spreads the differences of neighbouring keys over the high bits.
    return Integer.remainderUnsigned((Arrays.hashCode(key) * 0x9E3779B9) >>> 8, ROWS_PER_PIECE)
        == 0;
  }

  private static void endPiece(
      NavigableMap<byte[], byte[]> piece, Map<String, byte[]> files, DataOutputStream names)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(piece.size());
    for (Map.Entry<byte[], byte[]> row : piece.entrySet()) {
      out.writeInt(row.getKey().length);
      out.write(row.getKey());
      out.writeInt(row.getValue().length);
      out.write(row.getValue());
    }
    byte[] content = bytes.toByteArray();
    String name = sha256(content).substring(0, 24) + ".rows";
    files.put(name, content);
    names.writeUTF(name);
    piece.clear();
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
