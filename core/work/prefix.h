/*
 * The hash over the statements of a revision that are applied, chained, so that it does not depend
 * on what stands behind them.
 */
#ifndef SKN_WORK_PREFIX_H
#define SKN_WORK_PREFIX_H

#include "base/hash.h"

/* prefix starts as the empty text. */
void skn_prefix_extend(char prefix[SKN_SHA256_HEX], struct skn_str statement);

#endif
