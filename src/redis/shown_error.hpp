// What may be shown of an error that a server answers with.
#pragma once

#include <string>
#include <string_view>

namespace rediscovery::redis {

// Without the password, whatever was asked: what stands between the server and us may answer once too often,
// so that the answer to AUTH is taken for another command's.
//
// And without the arguments that a server repeats of a command it does not know ("ERR unknown command 'AUTH',
// with args beginning with: 'secret'"): it cuts them off after 128 characters, and a part of a long password
// would not be recognised.
//
// One line of bounded length. Never empty, because an empty text elsewhere says that there is no error.
[[nodiscard]] std::string shown_error(std::string_view error, std::string_view password);

}  // namespace rediscovery::redis
