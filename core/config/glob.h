/*
 * Patterns for names: * (also across /), ?, [abc], [a-z], [!abc].
 */
#ifndef SKN_CONFIG_GLOB_H
#define SKN_CONFIG_GLOB_H

/* True when text has any of the characters that make it a pattern. */
int skn_glob_is(const char *text);

/* False for a [ without its ]. */
int skn_glob_valid(const char *pattern);

/* pattern is valid. Takes at most length of pattern times length of text. */
int skn_glob_match(const char *pattern, const char *text);

#endif
