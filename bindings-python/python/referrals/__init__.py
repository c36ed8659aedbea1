"""The referral engine for Python.

Not yet: the front door. What is here is the seam, ``referrals._seam``: operations as step machines that a program with a
store of its own drives in its own loop.
"""
