/*
 * How a driver's file is refused: always with the file, the field, what was expected and what was
 * found.
 */
#ifndef SKN_WORK_REFUSE_H
#define SKN_WORK_REFUSE_H

#include "base/error.h"

/* SKN_E_CONFIG, "PATH: ...". Path and text are escaped; a long path loses its beginning, so that
 * the reason still fits. */
int skn_driver_refuse(struct skn_error *err, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
