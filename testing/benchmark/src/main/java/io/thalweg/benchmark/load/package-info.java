/**
 * Makes loads: which keys, which values, at which times. Keys come once each, in an order that
 * looks random, or are drawn at random, all alike or by Zipf's law; no table of them is kept, so
 * that a hundred million cost no memory. Values are events as JSON texts. Steps are due at planned
 * times. The same seed or number gives the same keys and values.
 */
package io.thalweg.benchmark.load;
