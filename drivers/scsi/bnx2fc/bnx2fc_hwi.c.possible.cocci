// SPDX-License-Identifier: GPL-2.0
///
/// The numbers of the possible CPUs need not be the first ones.
///
//  Confidence: High
//  Options: --no-includes
//  Keywords: bnx2fc, cpumask_nth

@@
@@

- wqe % num_possible_cpus()
+ cpumask_nth(wqe % num_possible_cpus(), cpu_possible_mask)
