/**
 * Says which keys a load uses: each once in an order that is nobody's, or drawn at random, all
 * alike or by Zipf's law. Takes no table of keys, so that a hundred million cost no memory. The
 * same seed gives the same keys.
 */
package io.thalweg.benchmark.load;
