/**
 * What all doors need to find out who a client is. A door makes a {@link
 * io.thalweg.server.api.Principal} of it.
 */
package io.thalweg.frontend.login;
