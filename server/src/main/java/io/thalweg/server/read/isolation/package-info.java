/**
 * Which records of transactions a reader gets: those of open ones and void ones are kept from who
 * wants committed records only. Stateless.
 */
package io.thalweg.server.read.isolation;
