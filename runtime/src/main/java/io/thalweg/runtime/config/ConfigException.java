package io.thalweg.runtime.config;

/** A configuration value cannot be used. The message says which key, which value, what to do. */
public final class ConfigException extends RuntimeException {
  /** With a message for the person who wrote the configuration. */
  public ConfigException(String message) {
    super(message);
  }
}
