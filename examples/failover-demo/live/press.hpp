// What comes of pressing a button.
#pragma once

#include <string>

namespace rediscovery::demo::live {

struct Press {
  int status = 202;  // of HTTP: 202 it is made, 404 there is no such button, 409 not now
  std::string error;
  std::string message;
};

}  // namespace rediscovery::demo::live
