// Key-value stores over TCP: the meeting place of process groups.
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/debug.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "collectives/handles.h"

namespace {

std::chrono::milliseconds positive(int64_t timeout_ms) {
  if (timeout_ms <= 0) {
    throw sr::InvalidArgument("a timeout of " + std::to_string(timeout_ms) + " ms; give one above 0");
  }
  return std::chrono::milliseconds(timeout_ms);
}

std::string named(const char *operation, const std::string &key) {
  return std::string("store ") + operation + " of key \"" + key + "\"";
}

std::vector<std::string> listed(const char *const *keys, intptr_t count) {
  return std::vector<std::string>(keys, keys + count);
}

std::string joined(const std::vector<std::string> &keys) {
  std::string text;
  for (const auto &key : keys) {
    text += (text.empty() ? "" : ", ") + key;
  }
  return text;
}

} // namespace

extern "C" {

int32_t sr_distributed_debug(void) {
  SR_GUARD({
    c10d::setDebugLevelFromEnvironment();
    c10::initLogging();
  });
}

int32_t sr_store_tcp(const char *host, uint16_t port, bool server, int64_t workers, int64_t timeout_ms, SRStore **out) {
  SR_GUARD({
    const auto timeout = positive(timeout_ms);
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = server;
    options.timeout = timeout;
    // A rank may close a group and open the next on the same address while the first still serves.
    options.multiTenant = port != 0;
    if (workers >= 0) {
      options.numWorkers = static_cast<std::size_t>(workers);
    } else {
      options.waitWorkers = false;
    }
    auto store = sr::with_deadline(
        timeout,
        [&] {
          return std::string(server ? "serving a store on " : "connecting to the store at ") + host + ":" +
                 std::to_string(port);
        },
        [&] { return c10::make_intrusive<c10d::TCPStore>(host, options); });
    const auto bound = store->getPort();
    *out = new SRStore{std::move(store), bound};
  });
}

int32_t sr_store_local(int64_t timeout_ms, SRStore **out) {
  SR_GUARD({
    auto store = c10::make_intrusive<c10d::HashStore>();
    store->setTimeout(positive(timeout_ms));
    *out = new SRStore{std::move(store), 0};
  });
}

int32_t sr_store_prefix(SRStore *store, const char *prefix, SRStore **out) {
  SR_GUARD({
    auto inner = sr::unwrap(store);
    *out = new SRStore{c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(inner)), 0};
  });
}

void sr_store_free(SRStore *store) { delete store; }

int32_t sr_store_port(SRStore *store, uint16_t *out) {
  SR_GUARD({
    sr::unwrap(store);
    *out = store->port;
  });
}

int32_t sr_store_set_timeout(SRStore *store, int64_t timeout_ms) {
  SR_GUARD({ sr::unwrap(store)->setTimeout(positive(timeout_ms)); });
}

int32_t sr_store_set(SRStore *store, const char *key, const uint8_t *bytes, intptr_t count) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    const std::vector<uint8_t> value(bytes, bytes + count);
    sr::with_deadline(
        inner->getTimeout(), [&] { return named("set", key); }, [&] { inner->set(key, value); });
  });
}

int32_t sr_store_get(SRStore *store, const char *key, uint8_t **out, intptr_t *count) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    const auto value = sr::with_deadline(
        inner->getTimeout(), [&] { return named("get", key); }, [&] { return inner->get(key); });
    auto *bytes = static_cast<uint8_t *>(std::malloc(value.empty() ? 1 : value.size()));
    if (bytes == nullptr) {
      throw std::bad_alloc();
    }
    if (!value.empty()) {
      std::memcpy(bytes, value.data(), value.size());
    }
    *out = bytes;
    *count = static_cast<intptr_t>(value.size());
  });
}

void sr_store_bytes_free(uint8_t *bytes) { std::free(bytes); }

int32_t sr_store_add(SRStore *store, const char *key, int64_t amount, int64_t *out) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    *out = sr::with_deadline(
        inner->getTimeout(), [&] { return named("add", key); }, [&] { return inner->add(key, amount); });
  });
}

int32_t sr_store_wait(SRStore *store, const char *const *keys, intptr_t count, int64_t timeout_ms) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    const auto timeout = positive(timeout_ms);
    const auto names = listed(keys, count);
    sr::with_deadline(
        timeout, [&] { return named("wait", joined(names)); }, [&] { inner->wait(names, timeout); });
  });
}

int32_t sr_store_check(SRStore *store, const char *const *keys, intptr_t count, bool *out) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    const auto names = listed(keys, count);
    *out = sr::with_deadline(
        inner->getTimeout(), [&] { return named("check", joined(names)); }, [&] { return inner->check(names); });
  });
}

int32_t sr_store_delete(SRStore *store, const char *key, bool *out) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    *out = sr::with_deadline(
        inner->getTimeout(), [&] { return named("delete", key); }, [&] { return inner->deleteKey(key); });
  });
}

int32_t sr_store_key_count(SRStore *store, int64_t *out) {
  SR_GUARD({
    auto &inner = sr::unwrap(store);
    *out = sr::with_deadline(
        inner->getTimeout(), [&] { return std::string("store key count"); }, [&] { return inner->getNumKeys(); });
  });
}

} // extern "C"
