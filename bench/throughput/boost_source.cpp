// The part of Boost.Redis that is compiled once for a program.
#include <boost/redis/src.hpp>
