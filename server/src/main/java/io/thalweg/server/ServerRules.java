package io.thalweg.server;

import io.thalweg.parquet.ChecksumRules;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.owner.ClaimRules;
import io.thalweg.server.read.isolation.ReadRules;

/**
 * The decisions that the simulation breaks one by one, to prove that its checkers notice.
 *
 * @param claim whose store this is
 * @param collect what may be deleted, and what must be copied before
 * @param checksum when the bytes of a segment are whole
 * @param kv what keeps the rows of primary-key tables right
 * @param read what gives readers committed records only
 */
public record ServerRules(
    ClaimRules claim, CollectRules collect, ChecksumRules checksum, KvRules kv, ReadRules read) {
  /** The rules as promised: production's only ones. */
  public static final ServerRules STANDARD =
      new ServerRules(
          ClaimRules.STANDARD,
          CollectRules.STANDARD,
          ChecksumRules.STANDARD,
          KvRules.STANDARD,
          ReadRules.STANDARD);
}
