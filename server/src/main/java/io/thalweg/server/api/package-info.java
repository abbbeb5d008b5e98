/**
 * The one façade that front doors call: {@link io.thalweg.server.api.ServerApi}. Here every request
 * is authorised and validated, whichever door it came through.
 */
package io.thalweg.server.api;
