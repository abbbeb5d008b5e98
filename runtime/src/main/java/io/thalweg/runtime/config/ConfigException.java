package io.thalweg.runtime.config;

/**
 * A configuration value cannot be used. The message names the key and the value and says what to
 * do.
 */
public final class ConfigException extends RuntimeException {
  /** With a message for the person who wrote the configuration. */
  public ConfigException(String message) {
    super(message);
  }
}
