// SPDX-License-Identifier: GPL-2.0
///
/// Receive what came before the socket was the queue pair's.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: siw, sk_data_ready

@@
expression cep, rv;
statement S;
@@

  siw_qp_socket_assoc(cep, ...);
  rv = siw_cm_upcall(cep, IW_CM_EVENT_ESTABLISHED, 0);
  if (rv) S
+ 		/* Nobody has read what the peer sent since it has the reply. */
+ 		lock_sock(cep->sock->sk);
+ 		siw_qp_llp_data_ready(cep->sock->sk);
+ 		release_sock(cep->sock->sk);
