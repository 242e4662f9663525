#include "http/responder.hpp"

#include <utility>

namespace blotter::http {

responder::~responder() {
  if (wanted()) send(problem{500, "The request was dropped without an answer."});
}

asker* responder::take() {
  const auto to = std::exchange(to_, nullptr);
  return to ? std::exchange(to->waiting, nullptr) : nullptr;
}

void responder::send(response what) {
  if (asker* const waiting = take()) waiting->answer(std::move(what));
}

viewer responder::stream(std::string_view more) {
  asker* const waiting = take();
  return waiting ? waiting->become_stream(more) : viewer::none;
}

}  // namespace blotter::http
