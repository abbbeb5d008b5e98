/**
 * Says which keys a load uses: each key once, in an order that looks random, or keys drawn at
 * random, all alike or by Zipf's law. It keeps no table of the keys, so that a hundred million cost
 * no memory. The same seed gives the same keys.
 */
package io.thalweg.benchmark.load;
