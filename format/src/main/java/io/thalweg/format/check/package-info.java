/**
 * Checks of single vectors that come from outside, before anything is encoded or read from them.
 * {@link io.thalweg.format.check.VectorCheck} looks at the buffers' shape: lengths, offsets and
 * views stay inside. The others look at values: text is UTF-8, decimals have no more digits than
 * their type says, times are in range, variants are well formed.
 */
package io.thalweg.format.check;
