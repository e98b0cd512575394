// Marks what the shared library shows; everything else in it is hidden.
#pragma once

#if defined(__GNUC__)
#define REDISCOVERY_EXPORT __attribute__((visibility("default")))
#else
#define REDISCOVERY_EXPORT
#endif
