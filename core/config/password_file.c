/*
 * Reading password files. It does not know whose passwords they are.
 */
#include "config/password_file.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/vault.h"

size_t skn_password_trim(struct skn_str text)
{
    size_t len = text.len;
    if (len > 0 && text.ptr[len - 1] == '\n')
        len--;
    if (len < text.len && len > 0 && text.ptr[len - 1] == '\r')
        len--;
    return len;
}

int skn_password_valid(struct skn_str password, const char *from, struct skn_error *err)
{
    if (password.len == 0)
        return skn_error_set(err, SKN_E_CONFIG, "%s: it is empty", from);
    if (password.len > SKN_PASSWORD_MAX)
        return skn_error_set(err, SKN_E_CONFIG, "%s: it is longer than %d bytes", from,
                             SKN_PASSWORD_MAX);
    if (memchr(password.ptr, '\0', password.len))
        return skn_error_set(err, SKN_E_CONFIG, "%s: it holds a NUL byte", from);
    if (skn_utf8_check(password.ptr, password.len) < password.len)
        return skn_error_set(err, SKN_E_CONFIG, "%s: it is not valid UTF-8", from);
    return SKN_OK;
}

int skn_password_file_read(const char *path, struct skn_buf *out, struct skn_error *err)
{
    struct skn_buf text = {0};
    int rc = skn_file_read(AT_FDCWD, path, path, SKN_FILE_PRIVATE | SKN_FILE_NO_LINK,
                           SKN_PASSWORD_MAX, &text, err);
    if (rc != SKN_OK) {
        err->code = SKN_E_CONFIG;
        rc = SKN_E_CONFIG;
    } else {
        struct skn_str password = skn_buf_str(&text);
        password.len = skn_password_trim(password);
        rc = skn_password_valid(password, path, err);
        if (rc == SKN_OK)
            skn_buf_add(out, password.ptr, password.len);
    }
    skn_buf_wipe(&text);
    return rc;
}

int skn_password_file_check(const char *path, struct skn_error *err)
{
    struct skn_buf password = {0};
    int rc = skn_password_file_read(path, &password, err);
    skn_buf_wipe(&password);
    return rc;
}
