package io.thalweg.server.api;

import io.thalweg.format.schema.TablePath;

/** What an operation is done to. Says itself in words for the message of a refusal. */
public sealed interface Resource {
  /** The whole cluster: its servers, and writers that belong to no table. */
  record Cluster() implements Resource {
    @Override
    public String toString() {
      return "the cluster";
    }
  }

  /** A database, whether it exists or not. */
  record Database(String name) implements Resource {
    @Override
    public String toString() {
      return "database " + name;
    }
  }

  /**
   * A table, whether it exists or not.
   *
   * @param path of the table itself: a virtual table is as secret as the table behind it
   */
  record Table(TablePath path) implements Resource {
    /** A table is meant by any of its views. */
    public Table {
      path = path.base();
    }

    @Override
    public String toString() {
      return "table " + path;
    }
  }

  /** A group of consumers that share positions. No call uses it yet; it is for the Kafka door. */
  record Group(String name) implements Resource {
    @Override
    public String toString() {
      return "group " + name;
    }
  }

  /** A transactional writer, by name. */
  record Transaction(String id) implements Resource {
    @Override
    public String toString() {
      return "transaction " + id;
    }
  }
}
