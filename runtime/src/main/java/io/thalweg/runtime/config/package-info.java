/**
 * Reading configuration. A component's config is a record beside the component, with a static
 * {@code from(Settings)} that names each key, its default and its bounds; {@link
 * io.thalweg.runtime.config.Settings} does the parsing and the error messages, and reports keys
 * that nobody asked for.
 */
package io.thalweg.runtime.config;
