/**
 * Users and rules of access as the JSON of Flight's actions: those who log in, what they may do,
 * and what became of a change.
 */
package io.thalweg.format.json.access;
