/**
 * What every part of a server shares: {@link io.thalweg.server.context.ServerContext}. A part gets
 * it whole and takes what it needs. It holds nothing that only some parts use: those get that by
 * their own constructors.
 */
package io.thalweg.server.context;
