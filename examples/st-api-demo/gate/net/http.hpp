// One HTTP connection, kept open between requests. Of libcurl.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace st_gate {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::chrono::milliseconds timeout{5'000};
};

struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const;
};

// There was no answer, or none that can be used. Says nothing of what the server has done.
class HttpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Http {
 public:
  // `ca_file`: whom to trust with https, instead of the system's authorities; may be empty.
  explicit Http(std::string ca_file = {});
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Any status is an answer. For one thread at a time.
  HttpAnswer send(const HttpRequest& request);
  // The request under way and all later ones fail at once. Any thread.
  void cancel();

 private:
  void perform();

  std::string ca_file_;
  void* easy_;
  void* multi_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace st_gate
